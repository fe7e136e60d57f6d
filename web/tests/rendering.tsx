/** Renders what the tests of hooks and forms need, into the document. */
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";

let root: Root | undefined;

/** Shows an element on an empty page. */
export async function render(element: ReactNode): Promise<HTMLElement> {
  document.body.replaceChildren();
  root = createRoot(document.body);
  await act(async () => root?.render(element));
  return document.body;
}

/** Takes what is shown away, so that it hears nothing of the next test. */
export async function clear(): Promise<void> {
  await act(async () => root?.unmount());
  root = undefined;
}

/** Types into the input with this name, as a person does: React hears of it. */
export async function type(name: string, value: string) {
  const input = document.querySelector<HTMLInputElement>(`[name="${name}"]`);
  if (!input) throw new Error(`There is no input named ${name}.`);
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

export async function submit() {
  await act(async () => document.querySelector("form")?.requestSubmit());
}
