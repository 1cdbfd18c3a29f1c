@echo off
rem End of a session, as its user, who has 60 seconds. The first argument is the launcher. The session ends either way.
cd /d "%SystemRoot%"
"%~1" session end --deadline 55 2>&1
if errorlevel 1 echo pose-launcher: not everything is saved (exit code %errorlevel%)
exit /b 0
