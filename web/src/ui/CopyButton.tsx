import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "./Button";

/** A button that copies a text to the clipboard and confirms it, also to screen readers. */
export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <>
      <Button look="ghost" className="px-3" onClick={() => void copy()}>
        {t(copied ? "common.copied" : "common.copy")}
      </Button>
      <span role="status" className="sr-only">
        {copied ? t("common.copied") : ""}
      </span>
    </>
  );
}
