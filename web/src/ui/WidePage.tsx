import type { ReactNode } from "react";

import { Loading } from "./Loading";
import { Heading } from "./Page";
import { Preferences } from "./Preferences";
import { ProblemNotice } from "./ProblemNotice";

interface Props {
  title: string;
  lead: string;
  error: unknown;
  loading: boolean;
  children: ReactNode;
}

/** The frame of the development pages. */
export function WidePage({ title, lead, error, loading, children }: Props) {
  return (
    <main className="mx-auto min-h-dvh max-w-6xl px-5 py-10 sm:px-8">
      <Heading title={title} lead={lead} />
      {error ? <ProblemNotice error={error} /> : null}
      {loading ? <Loading /> : null}
      {children}
      <footer className="mt-10">
        <Preferences />
      </footer>
    </main>
  );
}
