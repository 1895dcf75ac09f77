import { diagnose, repair } from './doctor/diagnosis.ts';
import { openInstallation } from './doctor/installation.ts';
import { readOptions, USAGE } from './doctor/options.ts';
import { asJson, asText } from './doctor/report.ts';
import { messageOf } from './servers/problem.ts';
import { type Lifetime, runCommand } from './setup/lifetime.ts';

const HEALTHY = 0;
const FINDINGS = 1;
const COULD_NOT_CHECK = 2;

await runCommand(doctor);

/** Checks a running installation, mends what is safe if asked to, and says the result as its exit code. */
async function doctor(lifetime: Lifetime): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) {
      console.log(USAGE);
      return HEALTHY;
    }
    const installation = await openInstallation(lifetime);
    const report = await diagnose(installation);
    const outcome = options.repair ? await repair(report.findings) : { repaired: [], remaining: report.findings };
    console.log(options.json ? asJson(report, outcome) : asText(report, outcome));
    return outcome.remaining.length === 0 ? HEALTHY : FINDINGS;
  } catch (error) {
    console.error(messageOf(error));
    return COULD_NOT_CHECK;
  }
}
