"use strict";
{
    const content = document.querySelector("[data-bc-reload-url]");

    // A reload must not send the form again, which would make another secret.
    window.history.replaceState(null, "", content.dataset.bcReloadUrl);

    const select = function(element) {
        const range = document.createRange();
        range.selectNodeContents(element);
        window.getSelection().removeAllRanges();
        window.getSelection().addRange(range);
    };

    for (const button of document.querySelectorAll("[data-bc-copy]")) {
        button.addEventListener("click", async function() {
            const text = document.getElementById(button.dataset.bcCopy);
            select(text);
            try {
                // Missing outside https and localhost; the selection can be copied by hand then.
                await navigator.clipboard.writeText(text.textContent.trim());
                button.textContent = button.dataset.bcCopied;
            } catch {
                text.focus();
            }
        });
    }
}
