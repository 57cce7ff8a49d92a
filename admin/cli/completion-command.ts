/** `completion`: the words of all commands for a shell. */
import { answer, argumentOf, UsageError, type Command } from './command.ts';
import { common } from './help.ts';

const shells = ['bash', 'zsh'];

/** @param commands all others, which are known only when it runs */
export const completionCommand = (commands: () => readonly Command[]): Command => ({
  noun: 'completion',
  verb: undefined,
  summary: 'Prints what a shell needs to complete the words of `rekey`.',
  argument: { name: 'shell', says: `${shells.join(' or ')}.` },
  options: [],
  examples: ['source <(rekey completion bash)'],
  needs: 'configuration',
  async run({ given }) {
    const shell = argumentOf(given, 'shell');
    if (!shells.includes(shell)) throw new UsageError(`There is a completion for ${shells.join(' and ')}.`);
    const script = completionScript(commands());
    return answer({ script }, shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script);
  },
});

const flags = (names: readonly { readonly name: string }[]): string => names.map(({ name }) => `--${name}`).join(' ');

function completionScript(commands: readonly Command[]): string {
  const nouns = [...new Set(commands.map(({ noun }) => noun)), 'help'];
  const verbs = nouns.map((noun) => [
    noun,
    commands.filter((command) => command.noun === noun).flatMap(({ verb }) => verb ?? []),
  ]);
  const always = `${flags(common)} --help`;
  return [
    '_rekey() {',
    '  local given=""',
    '  case "$COMP_CWORD ${COMP_WORDS[1]} ${COMP_WORDS[2]}" in',
    `    "1 "*) given="${nouns.join(' ')}" ;;`,
    ...verbs.map(([noun, words]) => `    "2 ${String(noun)} "*) given="${(words as string[]).join(' ')} ${always}" ;;`),
    ...commands
      .filter(({ verb }) => verb !== undefined)
      .map(({ noun, verb, options }) => `    *" ${noun} ${String(verb)}") given="${flags(options)} ${always}" ;;`),
    '  esac',
    '  COMPREPLY=($(compgen -W "$given" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _rekey rekey',
  ].join('\n');
}
