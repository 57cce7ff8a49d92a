// Lets a key in a device answer the question of a page, and puts the answer into the page's own form. All words come from the page.
const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.codePointAt(0));
const textOf = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCodePoint(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const withBytes = (list) => list?.map((one) => ({ ...one, id: bytesOf(one.id) }));

/** The question as the browser takes it. */
function questionOf(box) {
  const { user, excludeCredentials, allowCredentials, ...options } = JSON.parse(box.dataset.options);
  return {
    ...options,
    challenge: bytesOf(options.challenge),
    ...(user ? { user: { ...user, id: bytesOf(user.id) } } : {}),
    ...(excludeCredentials ? { excludeCredentials: withBytes(excludeCredentials) } : {}),
    ...(allowCredentials ? { allowCredentials: withBytes(allowCredentials) } : {}),
  };
}

/** The answer as the server takes it: what it reads, and nothing else. */
function answerOf(key) {
  const { response } = key;
  const made = response.attestationObject !== undefined;
  return JSON.stringify({
    id: key.id,
    rawId: textOf(key.rawId),
    type: key.type,
    authenticatorAttachment: key.authenticatorAttachment ?? null,
    ...(made ? { discoverable: key.getClientExtensionResults().credProps?.rk ?? null } : {}),
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      ...(made
        ? { attestationObject: textOf(response.attestationObject), transports: response.getTransports?.() ?? [] }
        : {
            authenticatorData: textOf(response.authenticatorData),
            signature: textOf(response.signature),
            ...(response.userHandle?.byteLength ? { userHandle: textOf(response.userHandle) } : {}),
          }),
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
  if (!window.PublicKeyCredential) {
    form.hidden = waitsBehind;
    say('unsupported');
    button.disabled = true;
    return;
  }
  if (box.dataset.needs === 'platform') {
    void PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.().then((there) => there || say('missing'));
  }

  let asking;
  /** @param {'conditional'} [mediation] in the background: the browser offers keys in the field of the name */
  const ask = async (mediation) => {
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    try {
      const question = { publicKey: questionOf(box), signal: mine.signal, ...(mediation ? { mediation } : {}) };
      const key = await navigator.credentials[ceremony](question);
      if (asking !== mine) return;
      field.value = answerOf(key);
      form.requestSubmit(button);
    } catch (error) {
      if (asking !== mine) return;
      asking = undefined;
      // Nobody asked for what fails in the background.
      if (mediation) return;
      say(reasonOf(error, ceremony));
      if (waitsBehind) void waitBehind();
    }
  };
  const waitBehind = async () => {
    const offers = document.querySelector('[autocomplete~=webauthn]');
    if (offers && (await PublicKeyCredential.isConditionalMediationAvailable?.())) void ask('conditional');
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
    if (field.value !== '') return;
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
  setInterval(() => renew().catch(() => undefined), Number(box.dataset.patience) * 0.8);
}

for (const box of document.querySelectorAll('[data-device]')) attend(box);
