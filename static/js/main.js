// Every module binds itself to data- attributes by listening on the document, so that swapped content needs no set-up.
import "./theme-switch.js";
import "./dialogs.js";
import "./panes.js";
import "./timeline.js";
import "./viewer.js";
import "./composer.js";
import "./assist.js";
import "./attaching.js";
import "./sending.js";
import "./clock.js";
import "./toasts.js";
import "./failures.js";
import "./rows.js";
import "./pairs.js";
import "./picks.js";
import "./keys.js";
import "./palette.js";
import "./copy.js";
import "./graphs.js";
import "./search.js";
import "./settings.js";
import "./rules.js";
import "./loading.js";
import "./positions.js";
import "./live.js";
import "./leaving.js";
import "./bell.js";
import "./presence.js";
import "./opening.js";
import "./preload.js";

// htmx looks a page through in a task of its own; a key or a click that comes before would send its form without htmx. So
// it is done here, and not once more. Where this file comes late, that task is over: what comes then is another page.
htmx.process(document.body);
const notAgain = (event) => event.target === document.body && event.preventDefault();
document.addEventListener("htmx:before:process", notAgain);
setTimeout(() => document.removeEventListener("htmx:before:process", notAgain));
