-- Refused at 2:97: there are three sets of permissions.
create assembly [udfgen_bad_0123456789ab] authorization [dbo] from 0x4D5A with permission_set = semisafe;
