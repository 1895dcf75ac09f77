import { z } from 'zod';

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** Stricter than the standard: no quoted local parts, groups or lists, which parsers are known to read differently. */
const ADDRESS = '[^\\s@<>()[\\]\\\\,;:"\\p{Cc}]+@[^\\s@<>()[\\]\\\\,;:"\\p{Cc}]+';
export const MAILBOX_FORMS = 'must be an address like user@example.com or Name <user@example.com>';
const FORM = new RegExp(`^(?:(?<name>[^<>@\\p{Cc}]*)<(?<inner>${ADDRESS})>|(?<bare>${ADDRESS}))$`, 'u');

/** One recipient or sender: `user@example.com` or `Name <user@example.com>`. */
export const MailboxText = z
  .string()
  .max(320)
  .transform((text, context): Mailbox => {
    const { name = '', inner, bare } = FORM.exec(text.trim())?.groups ?? {};
    const address = inner ?? bare;
    if (address !== undefined) return { name: name.trim().replace(/^"(.*)"$/, '$1'), address };
    context.addIssue(MAILBOX_FORMS);
    return z.NEVER;
  });
