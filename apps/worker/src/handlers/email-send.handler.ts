import { domainToASCII } from 'node:url';
import { Inject, type OnModuleDestroy } from '@nestjs/common';
import {
  createTransport,
  type NodemailerError,
  type SendMailOptions,
  type SMTPPoolOptions,
  type SMTPPoolSentMessageInfo,
  type Transporter,
} from 'nodemailer';
import { DoNotRetryError, type Handler, type JobContext } from '../handling/job-context.ts';
import { JobHandler } from '../handling/job-handler.decorator.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import { EmailPayload, type Email } from './email/email-payload.ts';
import { MailboxText, type Mailbox } from './email/mailbox.ts';

const TIMEOUTS = { dnsTimeout: 5_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };
/**
 * Idle connections are closed before servers do it, so that no message meets that moment. A message whose connection
 * breaks may have arrived; whether to send it again is the job's retry policy, not the pool's.
 */
const POOL = { pool: true, maxConnections: 5, idleTimeout: 30_000, maxRequeues: 0 } as const;
const NO_OUTSIDE_CONTENT = { disableFileAccess: true, disableUrlAccess: true };

export interface EmailResult {
  /** The same for every attempt, so that receivers can recognise a repeat. */
  readonly messageId: string;
  readonly accepted: readonly string[];
  /** Refused one by one while others were accepted. They are not tried again: the others would get the mail twice. */
  readonly rejected: readonly string[];
  readonly response: string;
}

/** Hands a mail to the SMTP server of this installation. */
@JobHandler('email.send', EmailPayload)
export class EmailSendHandler implements Handler<Email, EmailResult>, OnModuleDestroy {
  private readonly transport: Transporter<SMTPPoolSentMessageInfo, SMTPPoolOptions>;
  private readonly sender: Mailbox;

  constructor(@Inject(workerConfiguration.KEY) settings: Pick<WorkerConfiguration, 'smtpUrl' | 'smtpFrom'>) {
    this.transport = createTransport({ ...TIMEOUTS, ...POOL, ...NO_OUTSIDE_CONTENT, url: serverOf(settings.smtpUrl) });
    this.sender = senderOf(settings.smtpFrom);
  }

  async handle({ from = this.sender, ...email }: Email, { id, signal }: JobContext): Promise<EmailResult> {
    const messageId = `<${id}@${domainOf(from)}>`;
    try {
      const sent = await this.transport.sendMail({ ...fieldsOf(email), from, messageId, signal });
      return { messageId, accepted: sent.accepted, rejected: sent.rejected, response: sent.response };
    } catch (error) {
      signal.throwIfAborted();
      throw isPermanent(error) ? new DoNotRetryError(error.message, { cause: error }) : error;
    }
  }

  onModuleDestroy(): void {
    this.transport.close();
  }
}

function serverOf(smtpUrl: string): string {
  if (/^smtps?:\/\/[^/]/i.test(smtpUrl) && URL.canParse(smtpUrl)) return smtpUrl;
  throw new Error('SMTP_URL must be a URL like smtp://user:password@host:587 or smtps://host:465.');
}

function senderOf(smtpFrom: string): Mailbox {
  const parsed = MailboxText.safeParse(smtpFrom);
  if (parsed.success) return parsed.data;
  throw new Error('SMTP_FROM must be an address like holdfast@example.com or Holdfast <holdfast@example.com>.');
}

function domainOf({ address }: Mailbox): string {
  return domainToASCII(address.slice(address.lastIndexOf('@') + 1)) || 'localhost';
}

/** Field by field: nodemailer knows many more, and some of them read files. */
function fieldsOf({ to, cc, bcc, replyTo, subject, text, html }: Omit<Email, 'from'>): SendMailOptions {
  return { to, cc, bcc, replyTo, subject, text, html };
}

/** A refused login is about this installation, not about the message: it can pass once that is repaired. */
function isPermanent(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { permanent, code }: NodemailerError = error;
  return permanent === true && code !== 'EAUTH';
}
