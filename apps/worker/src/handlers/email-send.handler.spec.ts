import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { DoNotRetryError, type JobContext } from '../handling/job-context.ts';
import { JOB_HANDLER, type JobHandlerMetadata } from '../handling/job-handler.decorator.ts';
import { EmailPayload } from './email/email-payload.ts';
import { EmailSendHandler, type EmailResult } from './email-send.handler.ts';

const EMAIL = { to: 'Ada <ada@example.com>', subject: 'Grüße', text: 'Hi', html: '<b>Hi</b>' };

let mails: { envelope: SMTPServerSession['envelope']; text: string }[] = [];
let stopServer: () => Promise<void> = () => Promise.resolve();
let handler: EmailSendHandler;

beforeEach(() => {
  mails = [];
});

afterEach(async () => {
  handler.onModuleDestroy();
  await stopServer();
});

describe('email.send', () => {
  it('has its payload checked before it is run', async () => {
    await serve();
    const metadata = Reflect.getMetadata(JOB_HANDLER, EmailSendHandler) as JobHandlerMetadata;
    expect(metadata).toEqual({ type: 'email.send', payload: EmailPayload });
  });

  it('hands the mail to the server, under an id that every attempt shares', async () => {
    await serve();
    const result = await send({ ...EMAIL, cc: ['cy@example.com'], bcc: 'bo@example.com', replyTo: 'eve@example.com' });
    const accepted = ['ada@example.com', 'cy@example.com', 'bo@example.com'];
    const messageId = '<job-1@holdfast.test>';
    expect(result).toEqual({ messageId, accepted, rejected: [], response: expect.stringMatching(/^250 /) });
    const [mail] = mails;
    expect(mail?.envelope.mailFrom).toMatchObject({ address: 'jobs@holdfast.test' });
    expect(mail?.envelope.rcptTo.map(({ address }) => address)).toEqual(accepted);
    for (const line of [
      'From: Holdfast <jobs@holdfast.test>',
      'To: Ada <ada@example.com>',
      `Message-ID: ${messageId}`,
    ]) {
      expect(mail?.text).toContain(`${line}\r\n`);
    }
    expect(mail?.text).toContain('Reply-To: eve@example.com\r\n');
    expect(mail?.text).not.toContain('bo@example.com');
    expect((await send(EMAIL)).messageId).toBe(messageId);
  });

  it('sends in the name of whoever the payload says', async () => {
    await serve();
    expect((await send({ ...EMAIL, from: 'Shop <shop@example.org>' })).messageId).toBe('<job-1@example.org>');
    expect(mails[0]?.text).toContain('From: Shop <shop@example.org>\r\n');
  });

  it('writes its id in plain letters whatever the domain of the sender', async () => {
    await serve();
    const { messageId } = await send({ ...EMAIL, from: 'shop@exämple.org' });
    expect(messageId).toBe('<job-1@xn--exmple-cua.org>');
    expect(mails[0]?.text).toContain(`Message-ID: ${messageId}\r\n`);
  });

  it('sends several mails over one connection', async () => {
    let connections = 0;
    await serve({
      onConnect: (_, done) => {
        connections += 1;
        done();
      },
    });
    for (let sent = 0; sent < 3; sent += 1) await send(EMAIL);
    expect([connections, mails.length]).toEqual([1, 3]);
  });

  it('succeeds for those recipients that were accepted, and names the others', async () => {
    await serve({ onRcptTo: ({ address }, _, done) => done(address.startsWith('eve') ? refusal(550) : undefined) });
    const result = await send({ ...EMAIL, to: ['ada@example.com', 'eve@example.com'] });
    expect(result).toMatchObject({ accepted: ['ada@example.com'], rejected: ['eve@example.com'] });
  });
});

describe('email.send gives up', () => {
  it('when the server refuses every recipient for good', async () => {
    await serve({ onRcptTo: (_, __, done) => done(refusal(550)) });
    const error = await failure();
    expect(error).toBeInstanceOf(DoNotRetryError);
    expect(error.message).toContain('550');
  });

  it('when the server refuses the sender for good', async () => {
    await serve({ onMailFrom: (_, __, done) => done(refusal(553)) });
    expect(await failure()).toBeInstanceOf(DoNotRetryError);
  });

  it('when the server refuses the content for good', async () => {
    await serve({ onData: (stream, _, done) => void stream.resume().once('end', () => done(refusal(554))) });
    expect(await failure()).toBeInstanceOf(DoNotRetryError);
  });
});

describe('email.send is tried again', () => {
  it('when the server refuses for now', async () => {
    await serve({ onRcptTo: (_, __, done) => done(refusal(451)) });
    expect(await failure()).not.toBeInstanceOf(DoNotRetryError);
  });

  it('when some recipients are refused for now and the others for good', async () => {
    await serve({ onRcptTo: ({ address }, _, done) => done(refusal(address.startsWith('ada') ? 450 : 550)) });
    expect(await failure({ ...EMAIL, to: ['ada@example.com', 'eve@example.com'] })).not.toBeInstanceOf(DoNotRetryError);
  });

  it('when the server refuses the content for now', async () => {
    await serve({ onData: (stream, _, done) => void stream.resume().once('end', () => done(refusal(452))) });
    expect(await failure()).not.toBeInstanceOf(DoNotRetryError);
  });

  it('when the server refuses the login, which is no fault of the mail', async () => {
    const options = { disabledCommands: ['STARTTLS'], allowInsecureAuth: true };
    await serve({ ...options, onAuth: (_, __, done) => done(refusal(535)) }, 'user:secret@');
    const error = await failure();
    expect(error).not.toBeInstanceOf(DoNotRetryError);
    expect(error.message).toContain('535');
    expect(error.stack).not.toContain('secret');
  });

  it('when nobody listens', async () => {
    await serve();
    await stopServer();
    expect(await failure()).not.toBeInstanceOf(DoNotRetryError);
  });

  it('once and not more often by itself when the connection breaks while the mail is handed over', async () => {
    let connections = 0;
    const breaking = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).write('220 ready\r\n');
      socket.once('data', () => socket.destroy());
    });
    await listen(breaking);
    expect(await failure()).not.toBeInstanceOf(DoNotRetryError);
    expect(connections).toBe(1);
  });

  it('when the job is stopped, for the reason that it is stopped', async () => {
    const [stop, reason] = [new AbortController(), new Error('cancelled')];
    await serve({ onMailFrom: () => stop.abort(reason) });
    expect(await failure(EMAIL, stop.signal)).toBe(reason);
    expect(mails).toHaveLength(0);
  });
});

describe('a worker refuses to start', () => {
  it.each(['', 'localhost:25', 'http://localhost', 'smtp://', 'smtp:///x', 'gmail'])('with SMTP_URL=%s', (smtpUrl) => {
    expect(() => new EmailSendHandler({ smtpUrl, smtpFrom: 'jobs@holdfast.test' })).toThrow(/^SMTP_URL must be/);
  });

  it.each(['', 'holdfast', 'a@b.test, c@d.test'])('with SMTP_FROM=%s', (smtpFrom) => {
    expect(() => new EmailSendHandler({ smtpUrl: 'smtp://127.0.0.1', smtpFrom })).toThrow(/^SMTP_FROM must be/);
  });

  beforeEach(() => serve());
});

async function serve(options: SMTPServerOptions = {}, credentials = ''): Promise<void> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onData: (stream, { envelope }, done) => {
      void text(stream).then((content) => {
        mails.push({ envelope, text: content });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await listen(server.server, credentials);
  stopServer = () => new Promise<void>((resolve) => server.close(resolve));
}

async function listen(server: ReturnType<typeof createServer>, credentials = ''): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  stopServer = async () => {
    server.close();
    await once(server, 'close');
  };
  handler = new EmailSendHandler({
    smtpUrl: `smtp://${credentials}127.0.0.1:${port}`,
    smtpFrom: 'Holdfast <jobs@holdfast.test>',
  });
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('refused by the test'), { responseCode });
}

function send(payload: unknown, signal = new AbortController().signal): Promise<EmailResult> {
  return handler.handle(EmailPayload.parse(payload), contextWith(signal));
}

async function failure(payload: unknown = EMAIL, signal?: AbortSignal): Promise<Error> {
  return await send(payload, signal).then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => error as Error,
  );
}

function contextWith(signal: AbortSignal): JobContext {
  const silent = (): void => undefined;
  return {
    id: 'job-1',
    type: 'email.send',
    queue: 'default',
    tenant: 'default',
    attempt: 2,
    maxAttempts: 5,
    fence: 7,
    signal,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    progress: silent,
    log: silent,
    snooze: () => {
      throw new Error('not here');
    },
    enqueue: () => 'job-2',
    cancel: () => Promise.resolve(true),
    step: (name, work) => Promise.resolve(work(name)),
    once: (key, work) => Promise.resolve(work(key)),
    dependencies: () => (async function* () {})(),
    addJobs: () => Promise.resolve({}),
  };
}
