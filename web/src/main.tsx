import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "react-redux";

import { CrashBoundary } from "./app/CrashBoundary";
import { startTexts } from "./app/i18n";
import { OfflineBanner } from "./app/OfflineBanner";
import { Pages } from "./app/Pages";
import { store } from "./app/store";
import "./app/styles.css";

await startTexts();

const root = document.getElementById("root");
if (!root) throw new Error("index.html lacks #root");
createRoot(root).render(
  <StrictMode>
    <Provider store={store}>
      <CrashBoundary>
        <Pages />
      </CrashBoundary>
      <OfflineBanner />
    </Provider>
  </StrictMode>,
);
