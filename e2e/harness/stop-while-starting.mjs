import { Buffer } from 'node:buffer';
import { registerHooks } from 'node:module';
import { Server, Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/** Loaded before a program: it gets SIGTERM at the moment of its start that STOP_AT names. */
const moment = process.env['STOP_AT'] ?? '';
let isDue = true;

function stop() {
  if (isDue) process.kill(process.pid, 'SIGTERM');
  isDue = false;
}

function before(owner, method, isTheMoment) {
  const original = owner[method];
  owner[method] = function (...given) {
    if (isTheMoment(given)) stop();
    return original.apply(this, given);
  };
}

if (moment === 'as it loads its modules') {
  registerHooks({
    resolve(name, context, next) {
      if (name === '@nestjs/core') stop();
      return next(name, context);
    },
  });
} else if (moment === 'as it opens its port') {
  before(Server.prototype, 'listen', () => true);
} else if (moment === 'as it starts a thread') {
  if (!isMainThread) stop();
} else {
  const statement = moment.slice('as it says '.length);
  before(Socket.prototype, 'write', ([chunk]) => Buffer.isBuffer(chunk) && chunk.includes(statement));
}
