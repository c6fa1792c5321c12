// What is being written is never lost: the server keeps it as it is typed, this tab until the server has it, and other
// windows of the same person are told. A reply and a note are drafts apart. Macros and the account go with the words.
import { bringChips, dropChips, macrosOf } from "./chips.js";
import { announce, words } from "./words.js";

const PAUSE = 800; // after the last letter
const AGAIN = [2_000, 5_000, 15_000, 30_000]; // between tries that fail
const LOOK = 20_000; // between two looks at what other windows wrote
const MODES = ["reply", "note"];
const windows = "BroadcastChannel" in self ? new BroadcastChannel("drafts") : null;
const me = () => document.body.dataset.me ?? "";
// The composers that this page has had, by conversation.
const known = new Map();

const place = (id, mode) => `written:${me()}:${id}:${mode}`;

function inTab(id, mode) {
  try {
    return JSON.parse(sessionStorage.getItem(place(id, mode)) ?? "null");
  } catch {
    return null;
  }
}

function keepInTab(state, mode) {
  const { text, at, macros, account, isSaved } = state.words[mode];
  try {
    if (text && !isSaved) sessionStorage.setItem(place(state.id, mode), JSON.stringify({ text, at, macros, account, when: Date.now() }));
    else sessionStorage.removeItem(place(state.id, mode));
  } catch {
    // Full or switched off: the text still stands in the form.
  }
}

const formOf = (state) => document.querySelector(`[data-composer="${state.id}"]`);
const isShown = (state, mode) => formOf(state)?.elements.mode.value === mode;

// --- a composer appears

export function restore(form) {
  const id = form.dataset.composer;
  const before = known.get(id);
  const state = { id, url: form.dataset.drafts, longest: Number(form.dataset.longest), words: {}, tries: 0, timer: 0, looked: Date.now() };
  known.set(id, state);
  let newest = 0;
  let mode = form.elements.mode.value;
  // What was sent back with a complaint stands in the form already.
  const stands = form.elements.text.value;
  for (const one of MODES) {
    const begun = form.querySelector(`template[data-begun=${one}]`);
    const macros = begun?.dataset.macros.split(" ").filter(Boolean) ?? [];
    const server = { text: begun?.content.textContent ?? "", at: begun?.dataset.at ?? "", macros, account: accountOf(form), isSaved: true };
    if (one === mode && stands !== server.text.replace(/^\n/, "")) Object.assign(server, { text: stands, isSaved: false });
    // A page that was on its way while words were saved knows nothing of them.
    const saved = before?.words[one];
    if (saved?.isSaved && saved.at > server.at) Object.assign(server, saved);
    const own = inTab(id, one);
    state.words[one] = own && own.text !== server.text ? { ...own, isSaved: false } : server;
    if (own?.when > newest && form.querySelector(`[name=mode][value=${one}]:not(:disabled)`)) [newest, mode] = [own.when, one];
  }
  for (const one of MODES) bring(state, one);
  show(state);
  if (MODES.some((one) => !state.words[one].isSaved)) soon(state, 0);
  return { mode, text: state.words[mode].text };
}

const accountOf = (form) => form.elements.account?.value ?? "";

// What goes with the words stands in the form again.
function bring(state, mode) {
  const form = formOf(state);
  const { macros, account } = state.words[mode];
  bringChips(form, mode, macros ?? []);
  const choice = form.querySelector("[data-account]");
  if (mode !== "reply" || !choice?.querySelector(`[value="${account}"]`) || choice.value === account) return;
  choice.value = account;
  form.dispatchEvent(new CustomEvent("drafts:put", { bubbles: true }));
}

export const textOf = (form, mode) => known.get(form.dataset.composer)?.words[mode].text ?? "";

// --- somebody writes

export function written(form, mode, text) {
  const state = known.get(form.dataset.composer);
  if (!state || state.words[mode].text === text) return;
  state.words[mode] = { ...state.words[mode], text, isSaved: false };
  state.back = null;
  keepInTab(state, mode);
  show(state);
  if (text.length <= state.longest) soon(state, PAUSE);
}

// A macro was used or left out, or another account is to answer.
document.addEventListener("drafts:with", ({ target: form }) => {
  const state = known.get(form.dataset.composer);
  if (!state) return;
  for (const mode of MODES) {
    const now = { macros: macrosOf(form, mode), account: mode === "reply" ? accountOf(form) : "" };
    const one = state.words[mode];
    if (one.macros?.join() === now.macros.join() && (mode === "note" || one.account === now.account)) continue;
    state.words[mode] = { ...one, ...now, isSaved: !one.text };
    keepInTab(state, mode);
    if (one.text) soon(state, PAUSE);
  }
});

function soon(state, wait) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => save(state), wait);
}

async function save(state) {
  if (state.isSaving) return soon(state, PAUSE);
  const mode = MODES.find((one) => !state.words[one].isSaved && state.words[one].text.length <= state.longest);
  if (!mode) return;
  const { text, at, macros = [], account } = state.words[mode];
  const form = formOf(state);
  const body = new URLSearchParams({ text, mode, known: at });
  if (mode === "reply" && account) body.set("account", account);
  for (const one of macros) body.append("macros", one);
  if (form?.elements.click) body.set("click", form.elements.click.value);
  state.isSaving = true;
  state.failed = "";
  show(state);
  try {
    const answer = await fetch(state.url, { method: "POST", body, headers: { "X-CSRFToken": token(), "HX-Request": "true", "HX-Current-URL": location.href }, keepalive: text.length < 20_000 });
    await taken(state, mode, { text, macros, account }, answer);
  } catch {
    state.failed = "draftFailed";
  }
  state.isSaving = false;
  show(state);
  if (known.get(state.id) !== state) return;
  if (state.failed === "draftFailed") soon(state, AGAIN[Math.min(state.tries++, AGAIN.length - 1)]);
  else if (!state.failed) soon(state, PAUSE);
}

const token = () => JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];

async function taken(state, mode, kept, answer) {
  if (answer.status === 401) {
    state.failed = "draftLoggedOut";
    state.login = answer.headers.get("HX-Redirect");
    return;
  }
  if (answer.status === 403) return void (state.failed = "draftRefused");
  if (!answer.ok) return void (state.failed = "draftFailed");
  const told = answer.status === 204 ? { at: answer.headers.get("Draft-At") } : await answer.json();
  state.tries = 0;
  state.savedAt = Date.now();
  const one = state.words[mode];
  one.at = told.at;
  const { text, macros, account } = kept;
  one.isSaved = one.text === text && (one.macros ?? []).join() === macros.join() && one.account === account;
  keepInTab(state, mode);
  windows?.postMessage({ me: me(), id: state.id, mode, ...kept, at: told.at });
  if (told.replaced) offer(state, mode, told.replaced, "draftReplaced");
}

// --- sent, or taken away

export function sent(form, mode) {
  const state = known.get(form.dataset.composer);
  if (!state) return;
  clearTimeout(state.timer);
  state.words[mode] = { text: "", at: "", macros: [], isSaved: true };
  keepInTab(state, mode);
  windows?.postMessage({ me: me(), id: state.id, mode, text: "", at: "", macros: [] });
}

function discard(form) {
  const mode = form.elements.mode.value;
  const state = known.get(form.dataset.composer);
  const { text } = state.words[mode];
  put(state, mode, "");
  dropChips(form, mode);
  state.words[mode].macros = [];
  written(form, mode, "");
  soon(state, 0);
  offer(state, mode, text, "draftDiscarded");
  form.elements.text.focus();
}

// Words that would be gone otherwise, with a button that brings them back.
function offer(state, mode, text, sentence) {
  state.back = { mode, text, sentence };
  announce(words(sentence));
  show(state);
}

function bringBack(form) {
  const state = known.get(form.dataset.composer);
  const { mode, text } = state.back;
  put(state, mode, text);
  written(form, mode, text);
  form.elements.text.focus();
}

// --- other windows

function put(state, mode, text) {
  const form = formOf(state);
  if (!form || !isShown(state, mode) || form.elements.text.value === text) return;
  form.elements.text.value = text;
  form.dispatchEvent(new CustomEvent("drafts:put", { bubbles: true }));
}

function elsewhere(state, mode, { text, at, macros = [], account }) {
  const one = state.words[mode];
  // Whoever writes here goes on; their next words are the newest.
  if (!one.isSaved) return;
  const before = one.text;
  state.words[mode] = { text, at, macros: macros.map(String), account: account ? String(account) : one.account, isSaved: true };
  bring(state, mode);
  if (before === text) return;
  put(state, mode, text);
  keepInTab(state, mode);
  if (before && !text) offer(state, mode, before, "draftGone");
  else offer(state, mode, before, "draftElsewhere");
}

windows?.addEventListener("message", ({ data }) => {
  const state = data.me === me() && known.get(data.id);
  if (state && formOf(state)) elsewhere(state, data.mode, data);
});

async function look() {
  const form = document.querySelector("[data-composer]");
  const state = form && known.get(form.dataset.composer);
  if (!state || document.hidden || Date.now() - state.looked < LOOK) return;
  state.looked = Date.now();
  try {
    const answer = await fetch(state.url, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
    if (!answer.ok) return;
    const begun = await answer.json();
    for (const mode of MODES) elsewhere(state, mode, begun[mode] ?? { text: "", at: "" });
  } catch {
    // The next look tells.
  }
}

addEventListener("focus", look);
document.addEventListener("visibilitychange", look);
addEventListener("online", () => known.forEach((state) => MODES.some((one) => !state.words[one].isSaved) && soon(state, 0)));

// --- how it stands

function sentence(state, mode) {
  const one = state.words[mode];
  if (one.text.length > state.longest) return words("draftTooLong", { n: one.text.length.toLocaleString(), most: state.longest.toLocaleString() });
  if (state.back?.mode === mode) return words(state.back.sentence);
  if (state.failed) return words(state.failed);
  if (!one.text) return "";
  if (!one.isSaved || !state.savedAt) return state.isSaving ? words("draftSaving") : one.isSaved ? words("draftSaved") : "";
  const past = Math.floor((Date.now() - state.savedAt) / 1_000);
  if (past < 5) return words("draftSaved");
  if (past < 100) return words("draftSavedSeconds", { n: past });
  return words("draftSavedMinutes", { n: Math.floor(past / 60) });
}

function show(state) {
  const form = formOf(state);
  const line = form?.querySelector("[data-kept]");
  if (!line) return;
  const mode = form.elements.mode.value;
  const one = state.words[mode];
  const isLong = one.text.length > state.longest;
  line.classList.toggle("bad", isLong || Boolean(state.failed));
  line.querySelector("[data-said]").textContent = sentence(state, mode);
  line.querySelector("[data-back]").hidden = state.back?.mode !== mode || !state.back.text;
  const login = line.querySelector("[data-login]");
  login.hidden = !state.failed || !state.login;
  if (state.login) login.href = state.login;
  line.querySelector("[data-discard]").hidden = !one.text;
  form.elements.text.setCustomValidity(isLong ? sentence(state, mode) : "");
  for (const tab of MODES) {
    const box = form.querySelector(`[name=mode][value=${tab}]`);
    box?.closest(".tab").classList.toggle("has-words", tab !== mode && Boolean(state.words[tab].text));
  }
}

export function shown(form) {
  const state = known.get(form.dataset.composer);
  if (state) show(state);
}

setInterval(() => {
  const form = document.hidden ? null : document.querySelector("[data-composer]");
  if (form) shown(form);
}, 5_000);

document.addEventListener("click", ({ target }) => {
  const form = target.closest("[data-composer]");
  if (target.closest("[data-discard]")) discard(form);
  if (target.closest("[data-back]")) bringBack(form);
});
