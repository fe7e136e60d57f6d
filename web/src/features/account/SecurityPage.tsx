import { useTranslation } from "react-i18next";

import { useGetAccountMethodsQuery, useGetConfigQuery } from "../../api";
import { Loading } from "../../ui/Loading";
import { Heading, Section } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { PasskeysSection } from "../sign_in_methods/PasskeysSection";
import { SecondFactorSection } from "../sign_in_methods/SecondFactorSection";
import { TrustedDevicesSection } from "../sign_in_methods/TrustedDevicesSection";
import { DeleteAccount } from "./DeleteAccount";
import { ExportData } from "./ExportData";
import { PasswordSection } from "./PasswordSection";

export default function SecurityPage() {
  const { t } = useTranslation();
  const { data: methods, error } = useGetAccountMethodsQuery();
  const days = useGetConfigQuery().data?.deletionGraceDays ?? 14;
  return (
    <>
      <Heading title={t("account.security")} lead={t("security.lead")} />
      <div className="space-y-6">
        {error ? <ProblemNotice error={error} /> : null}
        {methods ? (
          <>
            <PasskeysSection methods={methods} />
            <PasswordSection methods={methods} />
            <SecondFactorSection methods={methods} />
            {methods.trustedDevices.length > 0 ? (
              <TrustedDevicesSection devices={methods.trustedDevices} />
            ) : null}
          </>
        ) : error ? null : (
          <Loading rows={5} />
        )}
        <Section title={t("security.exportTitle")} lead={t("security.exportLead")}>
          <ExportData />
        </Section>
        {methods ? (
          <Section title={t("security.deleteTitle")} lead={t("security.deleteLead", { count: days })}>
            <DeleteAccount hasPassword={methods.password} />
          </Section>
        ) : null}
      </div>
    </>
  );
}
