// The one clock: relative times and deadline rings every 15 s, countdowns every second. The server is right on each swap.
import { words } from "./words.js";

// Whatever this computer's clock says, times are told by the server's, which stood in the page when it arrived.
const arrived = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;
const told = Number(document.body.dataset.time) * 1000;
const ahead = told ? Date.now() - (performance.now() - arrived) - told : 0;

export const serverNow = () => Date.now() - ahead;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function span(seconds) {
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes < 60) return words("minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return words("days", { n: Math.floor(hours / 24) });
  const rest = minutes % 60;
  if (!rest || hours >= 10) return words("hours", { n: hours });
  return `${words("hours", { n: hours })} ${words("minutes", { n: String(rest).padStart(2, "0") })}`;
}

function ago(time, now) {
  const past = now - Date.parse(time.dateTime) / 1000;
  if (Number.isNaN(past) || past >= DAY) return; // a date by now, or soon: the server writes those
  if (past < MINUTE) time.textContent = words("now");
  else if (past < HOUR) time.textContent = words("minutes", { n: Math.floor(past / MINUTE) });
  else time.textContent = words("hours", { n: Math.floor(past / HOUR) });
}

// Where a minute more or less matters: "41 s ago".
function secondsAgo(time, now) {
  const past = Math.max(0, Math.floor(now - Date.parse(time.dateTime) / 1000));
  if (Number.isNaN(past) || past >= DAY) return;
  if (past < 100) time.textContent = words("secondsAgo", { n: past });
  else if (past < 90 * MINUTE) time.textContent = words("minutesAgo", { n: Math.floor(past / MINUTE) });
  else time.textContent = words("hoursAgo", { n: Math.floor(past / HOUR) });
}

function ring(sla, now) {
  const due = Number(sla.dataset.due);
  const total = Math.max(1, due - Number(sla.dataset.start));
  const left = due - now;
  sla.classList.toggle("over", left <= 0);
  sla.classList.toggle("soon", left > 0 && left < Math.max(total / 4, 20 * MINUTE));
  sla.querySelector("[data-left]").textContent = left <= 0 ? words("late", { time: span(-left) }) : span(left);
  const share = left <= 0 ? 100 : Math.max(0, Math.round(100 * (1 - left / total)));
  sla.querySelector("circle + circle").setAttribute("stroke-dasharray", `${share} 100`);
}

function countdown(element, now) {
  const left = Math.ceil((Number(element.dataset.until) - now * 1000) / 1000);
  const text = element.querySelector("[data-left]");
  const circle = element.querySelector("circle + circle");
  if (circle) {
    element.dataset.whole ??= String(Math.max(1, left));
    circle.setAttribute("stroke-dasharray", `${Math.max(0, (100 * left) / Number(element.dataset.whole))} 100`);
  }
  if (left > 0) {
    element.dataset.sentence ??= text.textContent.replace(/\s*\d+\s*s?$/, "");
    text.textContent = circle ? words("sendsIn", { what: element.dataset.sentence, n: left }) : words("sendingIn", { n: left });
    return;
  }
  delete element.dataset.until;
  if (element.matches(".toast")) element.remove();
  else text.textContent = words("sending");
}

function slow() {
  const now = serverNow() / 1000;
  for (const time of document.querySelectorAll("time[data-ago]")) ago(time, now);
  for (const sla of document.querySelectorAll(".sla[data-due]")) ring(sla, now);
}

function quick() {
  const now = serverNow() / 1000;
  for (const element of document.querySelectorAll("[data-until]")) countdown(element, now);
  for (const time of document.querySelectorAll("time[data-seconds-ago]")) secondsAgo(time, now);
}

slow();
setInterval(slow, 15_000);
setInterval(quick, 1_000);
document.addEventListener("visibilitychange", () => document.hidden || slow());
