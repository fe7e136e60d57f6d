import type { ReactNode } from "react";

import { ProblemNotice } from "./ProblemNotice";

interface ItemProps {
  icon?: ReactNode;
  title: ReactNode;
  /** What is known about the thing, in small print. */
  note: ReactNode;
  /** Whether it is a card of its own, and not a row between lines. */
  card?: boolean;
  error?: unknown;
  /** The buttons, and the dialogs that they open. */
  children?: ReactNode;
}

/** A thing of the user's in a list: what it is, and the buttons that change it. */
export function Item({ icon, title, note, card = false, error, children }: ItemProps) {
  const frame = card
    ? "rounded-2xl border border-border bg-surface p-4 sm:p-5"
    : "justify-between py-4 first:pt-0 last:pb-0";
  return (
    <li className={`flex flex-wrap items-center gap-x-4 gap-y-3 ${frame}`}>
      {icon ? (
        <span className="flex size-11 shrink-0 items-center justify-center rounded-xl bg-sunken text-muted">
          {icon}
        </span>
      ) : null}
      <div className="min-w-40 flex-1">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 font-semibold break-words">{title}</div>
        <div className="mt-0.5 text-sm leading-relaxed text-muted">{note}</div>
      </div>
      {children}
      {error ? (
        <div className="w-full">
          <ProblemNotice error={error} />
        </div>
      ) : null}
    </li>
  );
}
