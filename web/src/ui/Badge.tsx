import type { ReactNode } from "react";

const tones = {
  success: "bg-primary-soft text-success",
  warning: "bg-warning-soft text-warning",
  muted: "bg-sunken text-muted",
};

/** A few words about the thing beside it, such as its state. */
export function Badge({ tone = "success", children }: { tone?: keyof typeof tones; children: ReactNode }) {
  return (
    <span
      className={`inline-flex shrink-0 items-center gap-1 rounded-full px-2.5 py-0.5 text-sm font-medium ${tones[tone]}`}
    >
      {children}
    </span>
  );
}
