/** All commands. Those that issue keys follow from the installed factors. */
import type { Registry } from '../../factors/registry.ts';
import { personDisable, personEnable, personRevokeBrowsers, sessionEnd } from './account-commands.ts';
import { personActivation } from './activation-command.ts';
import { auditAccept, auditList, auditVerify } from './audit-commands.ts';
import { clientShow, clientTest } from './client-commands.ts';
import type { Command } from './command.ts';
import { completionCommand } from './completion-command.ts';
import { configCheck, configReference } from './config-commands.ts';
import { explainCommand } from './explain-command.ts';
import { factorExtensions, personExtend } from './extension-commands.ts';
import { factorMails } from './factor-mails-command.ts';
import { factorPeople } from './factor-people-command.ts';
import { factorProgressCommand } from './factor-progress-command.ts';
import { factorTimelineCommand } from './factor-timeline-command.ts';
import { factorCheck } from './factor-check-command.ts';
import { factorHistory, factorRestore } from './factor-history-commands.ts';
import { factorList, factorSchedule, factorUnschedule } from './factor-commands.ts';
import { installationKeyCommands } from './installation-key-commands.ts';
import { personRegister } from './register-command.ts';
import { rootKeyCommands } from './root-key-commands.ts';
import { issueCommand } from './issue-command.ts';
import { keyList, keyRemove } from './key-commands.ts';
import { mailTest } from './mail-command.ts';
import { mailPreview } from './mail-preview-command.ts';
import { textsCheck, textsPreview } from './texts-commands.ts';
import { personGroupAdd, personGroupRemove } from './group-commands.ts';
import { personRemove, personSet } from './person-change-commands.ts';
import { personExport, personImport, personShow, personUnblock } from './person-commands.ts';
import { keyAllow, personRestoreEmail } from './permit-commands.ts';
import { passwordReset, personInvite } from './password-commands.ts';
import { personList } from './person-list-command.ts';
import { previewCommand } from './preview-command.ts';
import { startCommand } from './start-command.ts';
import { storageCheck } from './storage-check-command.ts';
import { storageCopy } from './storage-copy-command.ts';

const fixed: readonly Command[] = [
  startCommand,
  factorList,
  factorSchedule,
  factorUnschedule,
  factorHistory,
  factorRestore,
  factorExtensions,
  factorPeople,
  factorMails,
  factorProgressCommand,
  factorTimelineCommand,
  factorCheck,
  personImport,
  personExport,
  personList,
  personShow,
  personSet,
  personUnblock,
  personInvite,
  personActivation,
  personRegister,
  passwordReset,
  personExtend,
  personRestoreEmail,
  personDisable,
  personEnable,
  personRevokeBrowsers,
  personRemove,
  personGroupAdd,
  personGroupRemove,
  sessionEnd,
  explainCommand,
  previewCommand,
  keyList,
  keyRemove,
  keyAllow,
  ...installationKeyCommands,
  ...rootKeyCommands,
  auditList,
  auditVerify,
  auditAccept,
  clientShow,
  clientTest,
  mailTest,
  mailPreview,
  textsCheck,
  textsPreview,
  configCheck,
  configReference,
  storageCheck,
  storageCopy,
];

export function commandsOf(registry: Registry): readonly Command[] {
  const nouns = registry.all().flatMap(({ issue }) => issue?.noun ?? []);
  const commands: readonly Command[] = [
    ...fixed,
    ...nouns.map((noun) => issueCommand(noun)),
    completionCommand(() => commands),
  ];
  return commands;
}
