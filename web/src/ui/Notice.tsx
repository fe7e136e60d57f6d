import type { ReactNode } from "react";

type Tone = "info" | "success" | "warning" | "danger";

const tones: Record<Tone, string> = {
  info: "bg-sunken text-foreground",
  success: "bg-primary-soft text-foreground",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
};

/** An important message. Screen readers announce `danger` at once, the other tones politely. */
export function Notice({ tone = "info", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={`rounded-xl px-4 py-3 text-[0.95rem] leading-relaxed wrap-anywhere ${tones[tone]}`}
    >
      {children}
    </div>
  );
}
