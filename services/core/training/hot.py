"""What each post on its way is asked about training, as plain SQL inside the statements of publishing."""

from __future__ import annotations

#: Over the aliases ``p`` (a row with organization, program and employee) and ``t`` (``now``): whether the person holds
#: every certificate that the program asks for. Without a gate it is one look at an index that is empty. A scalar
#: subquery, so that no plan turns it into a join over whole tables.
IS_CERTIFIED = """coalesce((
  select false from curriculum_entries q
   where q.organization_id = p.organization_id and q.program_id = p.program_id and q.gates_sharing
     and not exists (
       select 1 from certificates z
        where z.organization_id = q.organization_id and z.employee_id = p.employee_id and z.module_id = q.module_id
          and z.revoked_at is null and (z.expires_at is null or z.expires_at > t.now))
   limit 1), true)"""
