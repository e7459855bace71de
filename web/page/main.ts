// The static page.
import { keepForOffline } from "./offline";
import "./variorum-page";

keepForOffline();
