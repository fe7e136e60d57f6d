import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useGetDevConnectJsonQuery, type GuideView, type SnippetView } from "../../api";
import { CopyButton } from "../../ui/CopyButton";
import { WidePage } from "../../ui/WidePage";
import { Arriving } from "./Arriving";
import { Packages } from "./Packages";

/** Development only: the user chooses a framework or proxy, copies its snippets, and sees the first call arrive. */
export default function ConnectPage() {
  const { t } = useTranslation();
  const { data, isLoading, error } = useGetDevConnectJsonQuery();
  const [chosen, setChosen] = useState(location.hash.slice(1));
  const guide = data?.guides.find(({ id }) => id === chosen) ?? data?.guides[0];
  const choose = (id: string) => {
    setChosen(id);
    history.replaceState(history.state, "", `#${id}`);
  };
  return (
    <WidePage title={t("connect.title")} lead={t("connect.lead")} error={error} loading={isLoading}>
      {data && guide ? (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-8 lg:grid-cols-[13rem_minmax(0,1fr)]">
          <nav aria-label={t("connect.title")} className="space-y-6">
            <Choices kind="application" guides={data.guides} chosen={guide.id} onChoose={choose} />
            <Choices kind="proxy" guides={data.guides} chosen={guide.id} onChoose={choose} />
          </nav>
          <div className="space-y-8">
            <section aria-label={guide.title} className="space-y-5">
              {guide.blocks.map((block) => (
                <Snippet key={block.text} block={block} />
              ))}
            </section>
            <Arriving />
            {guide.kind === "application" ? <Packages packages={data.packages} /> : null}
          </div>
        </div>
      ) : null}
    </WidePage>
  );
}

interface ChoicesProps {
  kind: "application" | "proxy";
  guides: GuideView[];
  chosen: string;
  onChoose: (id: string) => void;
}

function Choices({ kind, guides, chosen, onChoose }: ChoicesProps) {
  const { t } = useTranslation();
  return (
    <div>
      <h2 className="mb-2 text-sm font-semibold text-muted">
        {t(kind === "proxy" ? "connect.proxies" : "connect.applications")}
      </h2>
      <ul className="flex flex-wrap gap-1.5 lg:flex-col">
        {guides
          .filter((guide) => guide.kind === kind)
          .map((guide) => (
            <li key={guide.id}>
              <button
                type="button"
                aria-current={guide.id === chosen || undefined}
                onClick={() => onChoose(guide.id)}
                className="min-h-11 rounded-xl border border-border px-4 py-2 text-left text-[0.95rem] font-medium hover:bg-sunken aria-[current=true]:border-primary aria-[current=true]:bg-primary-soft aria-[current=true]:font-semibold lg:w-full lg:border-transparent"
              >
                {guide.title}
              </button>
            </li>
          ))}
      </ul>
    </div>
  );
}

function Snippet({ block }: { block: SnippetView }) {
  const { t } = useTranslation();
  const title = t(`connect.purpose.${block.purpose}`, { defaultValue: block.purpose });
  return (
    <figure className="overflow-hidden rounded-2xl border border-border bg-surface">
      <figcaption className="flex min-h-12 items-center justify-between gap-4 border-b border-border py-1 pr-2 pl-5">
        <span className="text-[0.95rem] font-semibold">
          {title} {block.file ? <code className="font-mono text-sm">{block.file}</code> : null}
        </span>
        <CopyButton text={block.text} />
      </figcaption>
      {/* A region that scrolls has to be reachable by keyboard (axe: scrollable-region-focusable). */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} className="overflow-x-auto p-5 font-mono text-sm leading-relaxed">
        <code>{block.text}</code>
      </pre>
    </figure>
  );
}
