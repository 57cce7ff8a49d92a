// Brings the button that shows a password; without script there is none.
for (const button of document.querySelectorAll('[data-reveals]')) {
  const field = document.getElementById(button.dataset.reveals);
  const reveal = (shown) => {
    field.type = shown ? 'text' : 'password';
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
  };
  button.addEventListener('click', () => {
    reveal(field.type === 'password');
    field.focus();
  });
  // Never leave as text: browsers would keep the password in their form history.
  field.form.addEventListener('submit', () => reveal(false));
  button.hidden = false;
}
