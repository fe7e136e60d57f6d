import { useTranslation } from "react-i18next";

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function relative(iso: string, language: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ["second", 1];
  return unit === "second" ? format.format(0, "second") : format.format(Math.round(seconds / size), unit);
}

export function exact(iso: string, language: string, timeZone?: string | null): string {
  return new Date(iso).toLocaleString(language, {
    dateStyle: "long",
    timeStyle: "short",
    ...(timeZone ? { timeZone } : {}),
  });
}

/** A relative time such as "3 minutes ago", with the exact time as its title (in `timeZone`, else the browser's). */
export function When({ at, timeZone }: { at: string; timeZone?: string | null | undefined }) {
  const { i18n } = useTranslation();
  return (
    <time dateTime={at} title={exact(at, i18n.language, timeZone)}>
      {relative(at, i18n.language)}
    </time>
  );
}
