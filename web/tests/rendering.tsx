/** Renders what the tests of hooks and forms need, into the document. */
import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";

/** Shows an element. `text` is what stands on the page now. */
export async function render(element: ReactNode) {
  const container = document.createElement("div");
  document.body.replaceChildren(container);
  const root = createRoot(container);
  await act(async () => root.render(element));
  return { container, remove: () => act(async () => root.unmount()) };
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
