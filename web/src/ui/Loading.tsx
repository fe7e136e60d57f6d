import { useTranslation } from "react-i18next";

/** Grey bars in place of content that is loading, so that nothing jumps when it appears. */
export function Loading({ rows = 3 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="space-y-4">
      <span className="sr-only">{t("common.loading")}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} aria-hidden="true" className="h-16 animate-pulse rounded-2xl bg-sunken" />
      ))}
    </div>
  );
}
