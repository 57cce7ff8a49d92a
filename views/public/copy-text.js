// Brings the button that copies a text; there is none without script, or where the browser does not permit copying.
for (const button of document.querySelectorAll('[data-copies]')) {
  const text = document.getElementById(button.dataset.copies);
  const say = () => {
    button.nextElementSibling.textContent = button.dataset.copied;
  };
  // Spaces only help to read it.
  const copy = () => void navigator.clipboard.writeText(text.textContent.replaceAll(/\s/g, '')).then(say);
  button.addEventListener('click', copy);
  button.hidden = navigator.clipboard === undefined;
}
