/** Where the page begins. */
import { render } from "preact";
import { Page } from "./page.tsx";
import { followCluster } from "./state/connection.ts";
import { followAddress } from "./state/selection.ts";
import { applyTheme } from "./state/theme.ts";

applyTheme();
followAddress();
followCluster();
const root = document.getElementById("page");
if (root) render(<Page />, root);
