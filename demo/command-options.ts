/** What follows every command of `rekey` so that it acts on this demo. */
import { basename, join, relative } from 'node:path';
import type { DeploymentFiles } from '../config/find-deployment.ts';

const ours = join(import.meta.dirname, '../config/deployments/demo.yaml');

/** ` --deployment csam`; empty for the default. An address of MongoDB may have a password, so it is left to the reader. */
export function commandOptions(files: DeploymentFiles | undefined, onMongodb: boolean): string {
  return [...deploymentOf(files), ...(onMongodb ? ['--mongodb …'] : [])].map((option) => ` ${option}`).join('');
}

function deploymentOf(files: DeploymentFiles | undefined): readonly string[] {
  if (files === undefined || files.file === ours) return [];
  return files.over === undefined
    ? [`--config ${relative(process.cwd(), files.file)}`]
    : [`--deployment ${basename(files.over, '.yaml')}`];
}
