/** Exits 0 when the program of this container answers that it is alive: healthcheck.mjs NAME_OF_PORT_VARIABLE default */
/* global fetch */
const [variable, fallback] = process.argv.slice(2);
const answer = await fetch(`http://127.0.0.1:${process.env[variable] || fallback}/health/live`);
process.exitCode = answer.ok ? 0 : 1;
