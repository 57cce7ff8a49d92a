/**
 * What an application may ask a person to do with the account (`rekey_action` of an authorization request): reads the
 * parameter, and refuses a client whose settings do not list the action. Used by the provider and, through
 * `interaction-session.ts`, by the pages.
 */
import { errors } from 'oidc-provider';

/** Actions about one of the person's keys, `<kind>:<id>`. */
const keyActions = ['replace-key', 'remove-key'] as const;
const plainActions = ['add-key', 'change-password', 'change-email', 'change-phone', 'activate'] as const;
export const actionKinds = [...plainActions, ...keyActions];
export type ActionKind = (typeof actionKinds)[number];

export type AskedAction =
  | { readonly kind: (typeof plainActions)[number] }
  | { readonly kind: (typeof keyActions)[number]; readonly key: string };

/** `cancelled`: by the person; `refused`: the pages said why it cannot be done. */
export type ActionStatus = 'success' | 'cancelled' | 'refused';

export const actionParameter = 'rekey_action';
/** In the answer to the client, and in the engine's record of how the sign-in ended. */
export const statusParameter = 'rekey_action_status';

/** `undefined`: not an action of ours. */
export function readAction(value: unknown): AskedAction | undefined {
  const plain = plainActions.find((one) => one === value);
  if (plain !== undefined) return { kind: plain };
  const [, named, key] = (typeof value === 'string' && /^([a-z-]+):([\w.~-]{1,128})$/.exec(value)) || [];
  const kind = keyActions.find((one) => one === named);
  return kind === undefined || key === undefined ? undefined : { kind, key };
}

/** For the engine's `extraParams`, in a pushed request too. */
export const createActionParameter = (clients: { mayAsk(id: string, action: ActionKind): boolean }) => ({
  [actionParameter](_ctx: unknown, value: unknown, client: { readonly clientId: string }): void {
    if (value === undefined) return;
    const action = readAction(value);
    if (!action) throw new errors.InvalidRequest(`${actionParameter} is none of the actions that are known here`);
    if (!clients.mayAsk(client.clientId, action.kind))
      throw new errors.UnauthorizedClient(`the client may not ask for the ${actionParameter} ${action.kind}`);
  },
});

/** How the action ended, in what the engine keeps of the sign-in; `undefined`: it did not end yet, or there is none. */
export function actionStatusOf(result: Readonly<Record<string, unknown>> | undefined): ActionStatus | undefined {
  const status = result?.[statusParameter];
  return status === 'success' || status === 'cancelled' || status === 'refused' ? status : undefined;
}
