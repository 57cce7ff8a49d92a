// Lets a key in a device answer the challenge of a page, and puts the answer into the page's form. All texts come from
// the page. The ceremonies are SimpleWebAuthn's, which the page loads before.
const webauthn = globalThis.SimpleWebAuthnBrowser;

/** The fields of the answer that the server reads. */
function answerOf({ id, rawId, type, authenticatorAttachment, response, clientExtensionResults }) {
  const made = response.attestationObject !== undefined;
  const { clientDataJSON, attestationObject, transports = [], authenticatorData, signature, userHandle } = response;
  return JSON.stringify({
    id,
    rawId,
    type,
    authenticatorAttachment: authenticatorAttachment ?? null,
    ...(made ? { discoverable: clientExtensionResults.credProps?.rk ?? null } : {}),
    response: {
      clientDataJSON,
      ...(made
        ? { attestationObject, transports }
        : { authenticatorData, signature, ...(userHandle ? { userHandle } : {}) }),
    },
  });
}

/** Which text of the page explains why there is no answer. */
const reasons = { NotAllowedError: 'cancelled', AbortError: undefined, InvalidStateError: 'registered' };
const reasonOf = ({ name }, ceremony) => {
  const reason = Object.hasOwn(reasons, name) ? reasons[name] : 'failed';
  return reason === 'registered' && ceremony === 'get' ? 'failed' : reason;
};

function attend(box) {
  const field = box.querySelector('input');
  const { form } = field;
  const context = {
    box,
    field,
    form,
    said: box.querySelector('[role=status]'),
    button: [...form.elements].find(({ type }) => type === 'submit'),
    ceremony: box.dataset.device,
    waitsBehind: 'autofill' in box.dataset,
    // A further challenge cancels the one before: its result no longer counts.
    count: 0,
  };
  form.hidden = false;
  if (!webauthn?.browserSupportsWebAuthn()) {
    form.hidden = context.waitsBehind;
    say(context, 'unsupported');
    context.button.disabled = true;
    return;
  }
  if (box.dataset.needs === 'platform') {
    void webauthn.platformAuthenticatorIsAvailable().then((there) => there || say(context, 'missing'));
  }
  listen(context);
  if (!context.waitsBehind) return;
  void waitBehind(context);
  setInterval(() => void renew(context).catch(() => undefined), Number(box.dataset.patience) * 0.8);
}

function listen(context) {
  const { field, form } = context;
  form.addEventListener('submit', (event) => {
    if (field.value !== '' || event.submitter?.name === 'language') return;
    event.preventDefault();
    say(context, 'waiting');
    void ask(context);
  });
  // Back from the page that came next: an answer counts once.
  addEventListener('pageshow', () => {
    field.value = '';
  });
}

function say({ said, box }, word) {
  said.textContent = word === undefined ? '' : box.dataset[word];
}

/** @param {boolean} [behind] in the background: the browser offers keys in the field of the name */
async function ask(context, behind = false) {
  const { box, field, form, button, ceremony } = context;
  context.count += 1;
  const mine = context.count;
  try {
    const optionsJSON = JSON.parse(box.dataset.options);
    const key =
      ceremony === 'create'
        ? await webauthn.startRegistration({ optionsJSON })
        : await webauthn.startAuthentication({ optionsJSON, useBrowserAutofill: behind });
    if (mine !== context.count) return;
    field.value = answerOf(key);
    form.requestSubmit(button);
  } catch (error) {
    // Nobody asked for what fails in the background.
    if (mine !== context.count || behind) return;
    say(context, reasonOf(error, ceremony));
    if (context.waitsBehind) void waitBehind(context);
  }
}

async function waitBehind(context) {
  const offers = document.querySelector('[autocomplete~=webauthn]');
  if (offers && (await webauthn.browserSupportsWebAuthnAutofill())) void ask(context, true);
}

/** A question in the background is asked anew before it is too old. */
async function renew(context) {
  const { box, form, said } = context;
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.querySelector('[data-autofill]');
  if (!fresh || said.textContent === box.dataset.waiting) return;
  box.dataset.options = fresh.dataset.options;
  form.elements.asked.value = fresh.querySelector('input').form.elements.asked.value;
  void waitBehind(context);
}

for (const box of document.querySelectorAll('[data-device]')) attend(box);
