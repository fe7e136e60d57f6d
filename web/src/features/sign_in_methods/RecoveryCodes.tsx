import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { CopyButton } from "../../ui/CopyButton";
import { useProduct } from "../../ui/Page";

/** Shows new recovery codes, once, until the user confirms having saved them. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  const product = useProduct();
  const [saved, setSaved] = useState(false);
  const text = `${product} · ${location.host}\n${t("methods.codes.title")}\n\n${codes.join("\n")}\n`;
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = "recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div className="space-y-5">
      <p className="leading-relaxed text-muted">{t("methods.codes.lead")}</p>
      <div className="printed">
        <p className="hidden print:block">
          {product} · {location.host}
        </p>
        <ul className="grid grid-cols-1 gap-x-6 gap-y-1.5 rounded-xl bg-sunken p-4 font-mono text-[0.95rem] min-[27rem]:grid-cols-2">
          {codes.map((code) => (
            <li key={code} className="whitespace-nowrap">
              {code}
            </li>
          ))}
        </ul>
      </div>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={codes.join("\n")} />
        <Button look="ghost" className="px-3" onClick={download}>
          {t("methods.codes.download")}
        </Button>
        <Button look="ghost" className="px-3" onClick={() => print()}>
          {t("methods.codes.print")}
        </Button>
      </div>
      <label className="flex min-h-11 items-center gap-3 text-[0.95rem]">
        <input
          type="checkbox"
          className="size-5 shrink-0 accent-primary"
          checked={saved}
          onChange={(event) => setSaved(event.target.checked)}
        />
        {t("methods.codes.saved")}
      </label>
      <Button className="w-full" disabled={!saved} onClick={onDone}>
        {t("common.done")}
      </Button>
    </div>
  );
}
