// Sends the one form of its page at once; no module, so that the oldest browsers of relying parties' people do it too.
document.getElementById('onward').submit();
