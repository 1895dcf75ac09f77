/**
 * Runs a tool of this clone before anything is installed: `node tools/bootstrap.mjs start`. It needs Node 18 alone; it installs
 * the packages the lock file names, then hands over to the Node version that the project pins.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const PINNED_MAJOR = 24;
const STAMP = path.join(ROOT, 'node_modules', '.holdfast-lock');
const INSTALL_LOCK = path.join(ROOT, '.holdfast', 'installing');

class Refusal extends Error {}

async function main([command, ...args]) {
  refuseOldNode();
  const tool = path.join(ROOT, 'tools', `${command ?? ''}.ts`);
  if (!command || !/^[a-z-]+$/.test(command) || !existsSync(tool)) {
    throw new Refusal(`There is no tool named "${command ?? ''}": see the scripts in package.json.`);
  }
  if (!packagesMatchTheLock()) await installPackagesOnce();
  process.exitCode = await run(nodeForTools(), [tool, ...args]);
}

function refuseOldNode() {
  if (Number(process.versions.node.split('.')[0]) >= 18) return;
  throw new Refusal(`Node ${process.versions.node} is too old: install Node 20 or later, then try again.`);
}

function packagesMatchTheLock() {
  const hash = hashOfLock();
  if (readOrEmpty(STAMP) === hash && existsSync(path.join(ROOT, 'node_modules', 'typescript'))) return true;
  if (!installedByHand()) return false;
  writeFileSync(STAMP, hash);
  return true;
}

/** npm writes what it installed into a hidden lock file: whoever ran `npm ci` himself need not wait for a second one. */
function installedByHand() {
  const hidden = readOrEmpty(path.join(ROOT, 'node_modules', '.package-lock.json'));
  if (hidden === '') return false;
  const installed = JSON.parse(hidden).packages;
  return Object.entries(JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages)
    .filter(([folder, entry]) => folder.startsWith('node_modules/') && !entry.optional && !entry.link && !entry.peer)
    .every(([folder, entry]) => installed[folder]?.version === entry.version && existsSync(path.join(ROOT, folder)));
}

async function installPackagesOnce() {
  await takeInstallLock();
  try {
    if (!packagesMatchTheLock()) await installPackages();
  } finally {
    rmSync(INSTALL_LOCK, { force: true });
  }
}

/** A symlink is made and filled in one step, so that nobody can ever see a lock without its owner. */
async function takeInstallLock() {
  mkdirSync(path.dirname(INSTALL_LOCK), { recursive: true });
  for (let waited = 0; ; waited += 1) {
    try {
      symlinkSync(String(process.pid), INSTALL_LOCK);
      process.once('exit', () => rmSync(INSTALL_LOCK, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = ownerOfInstallLock();
    if (owner === undefined) continue;
    if (!isAlive(owner)) rmSync(INSTALL_LOCK, { force: true });
    else if (waited % 40 === 8) say('Another command is installing the packages of this clone; waiting for it.');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function ownerOfInstallLock() {
  try {
    return Number(readlinkSync(INSTALL_LOCK));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function installPackages() {
  const [command, ...prefix] = npm();
  // NODE_ENV=production would leave out the compiler.
  const args = [...prefix, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  // In a group of its own, so that all of npm can be ended together.
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const forwarded = endOnSignal(child);
  const stopTicking = tick('Installing the packages that package-lock.json names');
  const code = await ended(child, command);
  stopTicking();
  const signal = forwarded();
  if (signal) process.exit(128 + constants.signals[signal]);
  if (code === 0) return writeFileSync(STAMP, hashOfLock());
  throw new Refusal(explainFailedInstall(output));
}

function explainFailedInstall(output) {
  if (/ENOSPC|no space left/i.test(output))
    return `The disk is full: free some space for ${ROOT}/node_modules, then try again.`;
  return `npm ci failed, so the packages are not installed:\n\n${output.trim().split('\n').slice(-20).join('\n')}`;
}

/** Under `npm start` after the first time, the running node is the pinned one, which has no npm beside it. */
function npm() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  if (cli && path.basename(cli) === 'npm-cli.js' && existsSync(cli)) {
    return [node && existsSync(node) ? node : process.execPath, cli];
  }
  const beside = path.join(path.dirname(process.execPath), 'npm');
  return [existsSync(beside) ? beside : 'npm'];
}

function nodeForTools() {
  const pinned = path.join(ROOT, 'node_modules', '.bin', 'node');
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= PINNED_MAJOR) return process.execPath;
  throw new Refusal(
    `The Node ${PINNED_MAJOR} that this project pins does not run on ${process.platform}-${process.arch}, ` +
      `and this is Node ${process.versions.node}: install Node ${PINNED_MAJOR} or later, then try again.`,
  );
}

async function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  const forwarded = forwardSignals(child);
  const watch = watchForLostNpm(child);
  const code = await ended(child, command);
  clearInterval(watch);
  forwarded();
  return code;
}

/** npm finishes what it began before it heeds a request to stop; a half-done install is done again at the next start. */
function endOnSignal(child) {
  return onSignals(() => {
    say('Stopping …');
    process.kill(-child.pid, 'SIGKILL');
  });
}

function forwardSignals(child) {
  return onSignals((signal) => child.kill(signal));
}

/** Answers a function that stops listening and tells which signal there was, if any. */
function onSignals(react) {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  let received;
  const listener = (signal) => {
    const first = received === undefined;
    received = signal;
    if (first) react(signal);
  };
  for (const name of names) process.on(name, listener);
  return () => {
    for (const name of names) process.off(name, listener);
    return received;
  };
}

/** `npm start` killed outright takes nothing with it; whoever became an orphan that way asks its tool to stop. */
function watchForLostNpm(child) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const parent = process.ppid;
  return setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 1000);
}

function ended(child, command) {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Refusal(`Cannot run ${command}: ${error.message}.`)));
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

function tick(title) {
  const started = Date.now();
  say(`${title} …`);
  const timer = setInterval(() => say(`  … ${Math.round((Date.now() - started) / 1000)} s`), 5000);
  return () => clearInterval(timer);
}

function hashOfLock() {
  return createHash('sha256')
    .update(readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex');
}

function readOrEmpty(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

// Standard output belongs to the tool: `npm run -s token` prints a token and nothing else.
function say(text) {
  process.stderr.write(`${text}\n`);
}

main(process.argv.slice(2)).catch((error) => {
  say(error instanceof Refusal ? error.message : (error.stack ?? String(error)));
  process.exitCode = 1;
});
