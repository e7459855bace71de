// The static page.
import "./variorum-page";
