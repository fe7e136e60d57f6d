import { useTranslation } from "react-i18next";

import type { PackageView } from "../../api";
import { CopyButton } from "../../ui/CopyButton";
import { Section } from "../../ui/Page";

/** The client packages that this server offers, with the hashes of their files; without any, what builds them. */
export function Packages({ packages }: { packages: PackageView[] }) {
  const { t } = useTranslation();
  return (
    <Section
      title={t("connect.packages")}
      lead={t(packages.length > 0 ? "connect.packagesLead" : "connect.packagesMissing")}
    >
      <ul className="divide-y divide-border">
        {packages.map(({ name, file, sha256 }) => (
          <li key={file} className="flex flex-wrap items-center justify-end gap-x-4 py-2.5 text-sm">
            <dl className="min-w-0 flex-1 basis-full space-y-1 sm:basis-0">
              <dt className="font-semibold wrap-anywhere">{name}</dt>
              <dd className="font-mono wrap-anywhere">{file}</dd>
              <dd className="font-mono wrap-anywhere text-muted">sha256:{sha256}</dd>
            </dl>
            <CopyButton text={sha256} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
