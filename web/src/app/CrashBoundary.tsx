import { Component, type ReactNode } from "react";

import i18n from "./i18n";

/** The last resort: shows a message instead of a white page when rendering fails. */
export class CrashBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    return (
      <main role="alert" className="mx-auto max-w-lg px-5 py-24">
        <h1 className="text-[1.75rem] font-bold tracking-tight">{i18n.t("crash.title")}</h1>
        <p className="mt-2 mb-7 leading-relaxed text-muted">{i18n.t("crash.lead")}</p>
        <a href="/" className="font-semibold text-primary underline underline-offset-4">
          {i18n.t("notFound.home")}
        </a>
      </main>
    );
  }
}
