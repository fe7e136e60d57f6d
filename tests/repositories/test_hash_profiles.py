from factories import NOW
from repositories.contracts import contract
from vestibule.repositories.hash_profiles import HashProfiles


class TestHashProfiles:
    @contract(HashProfiles.all, HashProfiles.note, HashProfiles.purge)
    async def test_a_kind_keeps_its_first_example_and_is_forgotten_once_it_is_seen_no_more(self, work):
        for profile, example, at in (("z", "first", NOW - 1), ("a", "other", NOW - 1), ("z", "second", NOW)):
            await work.hash_profiles.note(profile, example, at)
        assert list((await work.hash_profiles.all()).items()) == [("a", "other"), ("z", "first")]
        assert [await work.hash_profiles.purge(NOW) for _ in range(2)] == [1, 0]
        assert await work.hash_profiles.all() == {"z": "first"}
