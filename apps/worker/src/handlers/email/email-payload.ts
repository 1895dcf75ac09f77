import { z } from 'zod';
import { MAILBOX_FORMS, MailboxText } from './mailbox.ts';

const MAX_RECIPIENTS = 100;
/** The longest line of a header in RFC 5322. */
const SUBJECT_LENGTH = 998;

const Mailboxes = z.union(
  [MailboxText.transform((mailbox) => [mailbox]), z.array(MailboxText)],
  `${MAILBOX_FORMS}, or a list of these`,
);

/** The payload of `email.send`. */
export const EmailPayload = z
  .strictObject({
    to: Mailboxes,
    cc: Mailboxes.default([]),
    bcc: Mailboxes.default([]),
    from: MailboxText.optional(),
    replyTo: MailboxText.optional(),
    subject: z
      .string()
      .max(SUBJECT_LENGTH)
      .regex(/^\P{Cc}*$/u, 'must be one line of text'),
    text: z.string().optional(),
    html: z.string().optional(),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, 'must have a text, an html or both')
  .refine(({ to }) => to.length > 0, 'must have a recipient in to')
  .refine(({ to, cc, bcc }) => to.length + cc.length + bcc.length <= MAX_RECIPIENTS, {
    message: `must have at most ${MAX_RECIPIENTS} recipients`,
  });

export type Email = z.output<typeof EmailPayload>;
