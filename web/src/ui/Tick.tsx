import { useId, type InputHTMLAttributes, type ReactNode } from "react";

interface TickProps extends InputHTMLAttributes<HTMLInputElement> {
  children: ReactNode;
  error?: string | undefined;
}

/** A box to tick, with its label beside it. */
export function Tick({ children, error, className = "", ...input }: TickProps) {
  const id = useId();
  return (
    <div className={className}>
      <label className="flex min-h-11 items-center gap-3 text-[0.95rem]">
        <input
          {...input}
          type="checkbox"
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? id : undefined}
          className="size-5 shrink-0 accent-primary"
        />
        {children}
      </label>
      {error ? (
        <p id={id} className="mt-1.5 text-sm font-medium text-danger">
          {error}
        </p>
      ) : null}
    </div>
  );
}
