// Lets a key in a device answer the question of a page, and puts the answer into the page's own form. All words come from the page.
// The ceremonies are SimpleWebAuthn's, which the page loads before.
const webauthn = globalThis.SimpleWebAuthnBrowser;

/** The answer as the server takes it: what it reads, and nothing else. */
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

/** What of the page's words says why there is no answer. */
const reasons = { NotAllowedError: 'cancelled', AbortError: undefined, InvalidStateError: 'registered' };
const reasonOf = ({ name }, ceremony) => {
  const reason = Object.hasOwn(reasons, name) ? reasons[name] : 'failed';
  return reason === 'registered' && ceremony === 'get' ? 'failed' : reason;
};

function attend(box) {
  const field = box.querySelector('input');
  const { form } = field;
  const said = box.querySelector('[role=status]');
  const button = [...form.elements].find(({ type }) => type === 'submit');
  const { device: ceremony } = box.dataset;
  const waitsBehind = 'autofill' in box.dataset;
  const say = (word) => {
    said.textContent = word === undefined ? '' : box.dataset[word];
  };
  form.hidden = false;
  if (!webauthn?.browserSupportsWebAuthn()) {
    form.hidden = waitsBehind;
    say('unsupported');
    button.disabled = true;
    return;
  }
  if (box.dataset.needs === 'platform') {
    void webauthn.platformAuthenticatorIsAvailable().then((there) => there || say('missing'));
  }

  // A further question cancels the one before: what comes of that counts no more.
  let count = 0;
  /** @param {boolean} [behind] in the background: the browser offers keys in the field of the name */
  const ask = async (behind = false) => {
    count += 1;
    const mine = count;
    try {
      const optionsJSON = JSON.parse(box.dataset.options);
      const key =
        ceremony === 'create'
          ? await webauthn.startRegistration({ optionsJSON })
          : await webauthn.startAuthentication({ optionsJSON, useBrowserAutofill: behind });
      if (mine !== count) return;
      field.value = answerOf(key);
      form.requestSubmit(button);
    } catch (error) {
      // Nobody asked for what fails in the background.
      if (mine !== count || behind) return;
      say(reasonOf(error, ceremony));
      if (waitsBehind) void waitBehind();
    }
  };
  const waitBehind = async () => {
    const offers = document.querySelector('[autocomplete~=webauthn]');
    if (offers && (await webauthn.browserSupportsWebAuthnAutofill())) void ask(true);
  };
  /** A question in the background is asked anew before it is too old. */
  const renew = async () => {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector('[data-autofill]');
    if (!fresh || said.textContent === box.dataset.waiting) return;
    box.dataset.options = fresh.dataset.options;
    form.elements.asked.value = fresh.querySelector('input').form.elements.asked.value;
    void waitBehind();
  };

  form.addEventListener('submit', (event) => {
    if (field.value !== '' || event.submitter?.name === 'language') return;
    event.preventDefault();
    say('waiting');
    void ask();
  });
  // Back from the page that came next: an answer counts once.
  addEventListener('pageshow', () => {
    field.value = '';
  });
  if (!waitsBehind) return;
  void waitBehind();
  setInterval(() => void renew().catch(() => undefined), Number(box.dataset.patience) * 0.8);
}

for (const box of document.querySelectorAll('[data-device]')) attend(box);
