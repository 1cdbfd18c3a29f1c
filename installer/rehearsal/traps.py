"""What people met in sessions, each by its symptom's name, and what the program says to it: on a rehearsal's place."""

from __future__ import annotations

from installer.rehearsal import traps_of_machines as machines
from installer.rehearsal import traps_of_people as people
from installer.rehearsal.person import Trap

#: By the name of the symptom, in the order in which they are tried.
TRAPS: dict[str, Trap] = {
    "no streaming resources": people.no_streaming_resources,
    "results on the Desktop": people.results_on_the_desktop,
    "the Home Folder is still mounting": machines.home_folder_still_mounting,
    "saved while the Home Folder mounts": machines.saved_while_the_home_folder_mounts,
    "the Home Folder is there": machines.home_folder_is_there,
    "unable to locate credentials": machines.unable_to_locate_credentials,
    "credentials that fail in the first seconds": machines.credentials_in_the_first_seconds,
    "variables that are empty": machines.variables_that_are_empty,
    "a context that claims something": machines.a_context_that_claims_something,
    "a test link shows no files": people.a_test_link_shows_no_files,
    "another letter case": people.another_letter_case_is_another_home,
    "an address that changed": people.an_address_that_changed,
    "paths of another machine": people.paths_of_another_machine,
    "an end script that is cut": machines.an_end_script_that_is_cut,
    "an idle limit cuts a training": people.an_idle_limit_cuts_a_training,
    "a GPU that is not visible": machines.a_gpu_that_is_not_visible,
    "a proxy that leads nowhere": machines.a_proxy_that_leads_nowhere,
}
