import { Suspense } from "react";
import { Link, Outlet } from "react-router";

import { Mark } from "./icons";
import { useProduct } from "./Page";
import { Preferences } from "./Preferences";

/** The frame of every page before sign-in: a card, and on wide screens a drawing of a doorway beside it. */
export function AuthLayout() {
  const product = useProduct();
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,0.85fr)]">
      <div className="flex min-w-0 flex-col px-5 py-6 sm:px-10">
        <header>
          <Link to="/" className="inline-flex items-center gap-3 rounded-lg font-bold tracking-tight">
            <Mark />
            {product}
          </Link>
        </header>
        <main className="mx-auto flex w-full max-w-[26rem] flex-1 flex-col justify-center py-10">
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
        <footer className="flex justify-center lg:justify-start">
          <Preferences />
        </footer>
      </div>
      <aside aria-hidden="true" className="relative hidden overflow-hidden bg-sunken lg:block">
        <Doorway />
      </aside>
    </div>
  );
}

function Doorway() {
  return (
    <svg viewBox="0 0 600 900" preserveAspectRatio="xMidYMax slice" className="absolute inset-0 size-full">
      <path d="M60 900V380a240 240 0 0 1 480 0v520z" className="fill-[var(--arch-1)]" />
      <path d="M120 900V410a180 180 0 0 1 360 0v490z" className="fill-[var(--arch-2)]" />
      <path d="M180 900V440a120 120 0 0 1 240 0v460z" className="fill-[var(--arch-3)]" />
      <path d="M240 900V470a60 60 0 0 1 120 0v430z" className="fill-[var(--arch-light)]" />
      <path d="M240 900h120l150 0L360 780H240L90 900z" className="fill-[var(--arch-light)] opacity-40" />
    </svg>
  );
}
