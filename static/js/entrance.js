// Pages without the frame need the theme only.
import "./theme-switch.js";
