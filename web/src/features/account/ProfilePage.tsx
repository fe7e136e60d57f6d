import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useGetConfigQuery } from "../../api";
import { Heading } from "../../ui/Page";
import { When } from "../../ui/When";
import { useUser } from "../session/useUser";
import { DetailsForm } from "./DetailsForm";
import { EmailSection } from "./EmailSection";
import { ProfileFieldsForm } from "./ProfileFieldsForm";

export default function ProfilePage() {
  const { t, i18n } = useTranslation();
  const user = useUser();
  const fields = useGetConfigQuery().data?.profileFields ?? [];
  const since = new Date(user.createdAt).toLocaleDateString(i18n.language, { dateStyle: "long" });
  return (
    <>
      <Heading title={t("account.hello", { name: user.name ?? user.username })} lead={t("account.lead")} />
      <ul className="mb-6 flex flex-wrap gap-2 text-sm text-muted">
        <Fact>{t("account.memberSince", { date: since })}</Fact>
        {user.roles.length > 0 ? (
          <Fact>
            {t("account.roles")}: {user.roles.join(", ")}
          </Fact>
        ) : null}
        {user.lastLoginAt ? (
          <Fact>
            {t("account.lastLogin", { when: "" })}
            <When at={user.lastLoginAt} timeZone={user.timeZone} />
          </Fact>
        ) : null}
      </ul>
      <div className="space-y-6">
        <DetailsForm user={user} />
        {fields.length > 0 ? <ProfileFieldsForm user={user} fields={fields} /> : null}
        <EmailSection user={user} />
      </div>
    </>
  );
}

function Fact({ children }: { children: ReactNode }) {
  return <li className="rounded-full bg-sunken px-3 py-1">{children}</li>;
}
