/**
 * `npm run conformance -- <suite url> [plan…]`: runs the certification plans of a suite that is running against the
 * demo, and prints the table of docs/certification.md.
 */
import { launchBrowser } from '../harness/browser.ts';
import { startDeployment, type Deployment, type DemoPerson } from './deployment.ts';
import { runModule, type ModuleResult } from './module-run.ts';
import { configurationFor, plans, type PlanToRun } from './plans.ts';
import { Suite } from './suite.ts';
import { headOfTable, lineOf } from './table.ts';

/** One for each language, with a code by e-mail and no authenticator app. */
const usernames = ['jan', 'camille', 'juergen', 'zoe'];

function peopleOf({ people }: Deployment): readonly DemoPerson[] {
  return people.filter(({ username }) => usernames.includes(username));
}

async function runPlan(suite: Suite, plan: PlanToRun, only: RegExp): Promise<readonly ModuleResult[]> {
  const deployment = await startDeployment(suite.origin, { logoutUri: plan.withoutLogoutUri !== true });
  const browser = await launchBrowser();
  try {
    const { id, modules } = await suite.createPlan(plan.name, plan.variant, configurationFor(plan, deployment));
    const people = peopleOf(deployment);
    const results: ModuleResult[] = [];
    for (const [index, entry] of modules.entries()) {
      const someone = people[index % people.length];
      if (!someone) throw new Error('the people of the demo are not there');
      if (!only.test(entry.testModule)) continue;
      const result = await runModule({ suite, browser, deployment, plan, planId: id }, entry, someone);
      console.log(`  ${result.result.padEnd(11)} ${result.module}`);
      for (const remark of result.remarks) console.log(`    ${remark}`);
      results.push(result);
    }
    return results;
  } finally {
    await browser.close();
    await deployment.stop();
  }
}

const [url, ...named] = process.argv.slice(2);
const only = new RegExp(process.env['MODULES'] ?? '');
const unknown = named.filter((name) => !plans.some(({ id }) => id === name));
if (url === undefined || unknown.length > 0) {
  console.error(`npm run conformance -- <url of a running suite> [${plans.map(({ id }) => id).join(' | ')}]…`);
  process.exitCode = 2;
} else {
  const suite = new Suite(url);
  const lines: string[] = [];
  for (const plan of plans) {
    if (named.length > 0 && !named.includes(plan.id)) continue;
    console.log(`\n${plan.title}`);
    const results = await runPlan(suite, plan, only);
    lines.push(lineOf(plan.title, results));
    if (results.some(({ result }) => !['PASSED', 'REVIEW', 'SKIPPED'].includes(result))) process.exitCode = 1;
  }
  console.log(`\n${headOfTable}\n${lines.join('\n')}`);
}
