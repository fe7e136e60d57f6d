import type { ButtonHTMLAttributes } from "react";
import { Link, type LinkProps } from "react-router";

type Look = "primary" | "quiet" | "danger" | "ghost";

const base =
  "relative inline-flex min-h-11 items-center justify-center gap-2 rounded-xl px-5 py-2 text-[0.95rem] font-semibold transition-colors disabled:cursor-not-allowed disabled:opacity-60 aria-disabled:opacity-60";
const looks: Record<Look, string> = {
  primary: "bg-primary text-on-primary hover:bg-primary-hover",
  quiet: "border border-border bg-surface text-foreground hover:bg-sunken",
  danger: "bg-danger text-on-danger hover:opacity-90",
  ghost: "text-primary hover:bg-primary-soft",
};

const textLook =
  "rounded font-semibold text-primary underline decoration-1 underline-offset-4 hover:decoration-2";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  busy?: boolean;
}

/** A button that keeps its size while `busy`; pressing it again does nothing then. */
export function Button({ look = "primary", busy = false, className = "", children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
      className={`${base} ${looks[look]} ${className}`}
    >
      <span className={busy ? "opacity-0" : undefined}>{children}</span>
      {busy ? <Dots /> : null}
    </button>
  );
}

export function ButtonLink({ look = "primary", className = "", ...rest }: LinkProps & { look?: Look }) {
  return <Link {...rest} className={`${base} ${looks[look]} ${className}`} />;
}

export function TextLink({ className = "", ...rest }: LinkProps) {
  return <Link {...rest} className={`${textLook} ${className}`} />;
}

/** A button that looks like a link. */
export function LinkButton({ className = "", ...rest }: ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button type="button" {...rest} className={`min-h-6 ${textLook} ${className}`} />;
}

function Dots() {
  return (
    <span aria-hidden="true" className="absolute inline-flex gap-1">
      {["a", "b", "c"].map((delay) => (
        <span key={delay} className="size-1.5 animate-pulse rounded-full bg-current" />
      ))}
    </span>
  );
}
