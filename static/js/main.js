// Every module binds itself to data- attributes by listening on the document, so that swapped content needs no set-up.
import "./theme-switch.js";
import "./dialogs.js";
import "./panes.js";
import "./composer.js";
import "./clock.js";
import "./toasts.js";
import "./failures.js";
import "./rows.js";
import "./pairs.js";
import "./picks.js";
import "./keys.js";
import "./copy.js";
import "./graphs.js";
import "./search.js";
import "./settings.js";
import "./rules.js";
import "./live.js";
