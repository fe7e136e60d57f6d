import { useEffect, useRef, type ReactNode } from "react";

import { useGetConfigQuery } from "../api";

/** The configured name of the product; the built-in one until the configuration is loaded. */
export function useProduct(): string {
  return useGetConfigQuery().data?.product ?? "Vestibule";
}

interface HeadingProps {
  title: string;
  lead?: ReactNode;
}

/** The only h1 of a page. It sets the title of the tab, and takes the focus when the page or the step changes. */
export function Heading({ title, lead }: HeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const product = useProduct();
  useEffect(() => {
    document.title = `${title} · ${product}`;
  }, [title, product]);
  useEffect(() => {
    if (!document.activeElement?.closest("form")) heading.current?.focus();
  }, [title]);
  return (
    <header className="mb-7">
      <h1
        ref={heading}
        tabIndex={-1}
        className="text-[1.75rem] leading-tight font-bold tracking-tight text-balance"
      >
        {title}
      </h1>
      {lead ? <p className="mt-2 leading-relaxed wrap-break-word text-pretty text-muted">{lead}</p> : null}
    </header>
  );
}

export interface SectionProps {
  title: string;
  lead?: string;
  children: ReactNode;
}

export function Section({ title, lead, children }: SectionProps) {
  return (
    <section className="rounded-2xl border border-border bg-surface p-5 sm:p-7">
      <h2 className="text-lg font-bold tracking-tight">{title}</h2>
      {lead ? <p className="mt-1 mb-5 text-[0.95rem] leading-relaxed text-muted">{lead}</p> : null}
      {children}
    </section>
  );
}
